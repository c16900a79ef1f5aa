"""The application: the conversation core, delivery, storage and the command line."""
