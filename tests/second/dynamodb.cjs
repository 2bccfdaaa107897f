// dynalite on a free port of 127.0.0.1, for as long as standard input is open. Run in .build/second, where it is installed.
"use strict";

const dynalite = require(require.resolve("dynalite", { paths: [process.cwd()] }));

const server = dynalite({ createTableMs: 0, deleteTableMs: 0 }).listen(0, "127.0.0.1", () =>
  console.log(`Ready at http://127.0.0.1:${server.address().port}`),
);
process.stdin.on("end", () => process.exit(0)).resume();
