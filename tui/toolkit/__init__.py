"""Everything that touches Textual's private names: what is faster, safer or calmer here than in Textual itself."""
