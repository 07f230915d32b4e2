// What textual-serve's terminal reads of its element when the page has loaded: where the console is, and how large
// its letters are. 80 columns fit into any page in which such letters can still be read.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const terminal = document.querySelector("#terminal");
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/ws`;
  const wanted = Number(new URLSearchParams(location.search).get("fontsize")) || 16;
  const width = 0.6; // of a letter of Roboto Mono, in its height
  const fits = Math.floor(document.documentElement.clientWidth / 81 / width);
  terminal.dataset.fontSize = Math.min(Math.max(Math.min(wanted, fits), 8), 48);
  document.querySelector("#again").addEventListener("click", () => location.reload());
});
