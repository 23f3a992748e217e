"""The contract: steps, their forms and checks, and the messages between client and backend."""
