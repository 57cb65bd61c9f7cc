"""The command line: one module a subcommand, each with `HELP`, `add_arguments(parser)` and `run(arguments) -> int`."""
