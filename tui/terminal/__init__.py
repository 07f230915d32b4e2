"""What is asked of the terminal and its machine: clipboard, notices, editor, browser, graphics."""
