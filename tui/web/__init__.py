"""The console in a browser: who may read it, its page, and the console behind each page that is open."""
