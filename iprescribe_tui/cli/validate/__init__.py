"""Values and photos judged as the forms judge them, one by one or in a stream."""
