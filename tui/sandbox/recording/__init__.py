"""Record and replay: what Replicate answered once is kept in a folder, scrubbed, and answered from there later."""
