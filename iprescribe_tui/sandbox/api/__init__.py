"""The sandbox over HTTP: sockets and TLS, routes, the pages of links and phones, the OpenAPI document."""
