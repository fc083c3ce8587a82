//! The command line: commands, configuration, output.
