// Leads Node's connections to Replicate's hosts to the sandbox: Node itself heeds no proxy before version 24.
"use strict";
const tls = require("node:tls");

const names = new Set((process.env.REPLICATE_SANDBOX_HOSTS || "").split(",").filter(Boolean));
const port = Number(process.env.REPLICATE_SANDBOX_TLS_PORT);
const connect = tls.connect;

if (port) {
  tls.connect = function (...given) {
    const options = given[0];
    if (options && typeof options === "object" && !options.socket && names.has(options.host)) {
      const servername = options.servername || options.host;
      given[0] = { ...options, host: "127.0.0.1", port, servername };
    }
    return connect.apply(this, given);
  };
}
