"""What every part of the program uses: checks of arguments, errors, threads, files, memory."""
