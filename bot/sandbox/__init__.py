"""The sandbox: everything `linezero demo` and the flow tests talk to instead of the internet."""
