#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The 32-bit MicroPython of WebAssembly as a command like that of the unix port, for the virtual board: its integers
// are small up to 2^30 - 1 as on the ESP32. `-X heapsize=N`, `-c CODE` or a script; `-i` is taken and does nothing.
// Files live in memory: SUREFOOT_VM and SUREFOOT_FLASH are copied in, and what is written to the flash goes out at once.
// File descriptors that the parent has passed on have the numbers they have here. SUREFOOT_WASM names another build of
// the package ("settrace"), SUREFOOT_WASM_FIRST a program that runs before the script.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules", "@micropython", "micropython-webassembly-pyscript");
const OWN_FDS = 512; // from here on MicroPython's own; below are the parent's
const [EAGAIN, EIO, ESPIPE] = [6, 29, 70]; // of WASI
const POLLIN = 1;

const { loadMicroPython } = await import(path.join(PACKAGE, "micropython.mjs"));
const told = arguments_(process.argv.slice(2));
const build = process.env.SUREFOOT_WASM;
const mp = await loadMicroPython({
  heapsize: told.heap,
  url: build ? path.join(PACKAGE, `micropython-${build}.wasm`) : undefined,
  stdout: (bytes) => put(1, bytes),
  stderr: (bytes) => put(2, bytes),
  linebuffer: false,
});
const FS = mp.FS;

function arguments_(words) {
  const found = { heap: 1 << 20, code: "", script: "" };
  while (words.length) {
    const word = words.shift();
    if (word === "-X") {
      const [, size, unit] = /^heapsize=(\d+)([KM]?)$/i.exec(words.shift()) ?? [];
      if (size) found.heap = size * { "": 1, K: 1 << 10, M: 1 << 20 }[(unit ?? "").toUpperCase()];
    } else if (word === "-c") found.code = words.shift();
    else if (word !== "-i") found.script ||= word;
  }
  return found;
}

function put(fd, bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
  return bytes.length;
}

// The console's input without waiting: what is not there yet is no character.
const console_ = { fd: -1, waiting: Buffer.alloc(0) };
try {
  console_.fd = fs.openSync("/dev/fd/0", fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
} catch {
  // nothing is typed here
}

function typed() {
  if (!console_.waiting.length && console_.fd >= 0) {
    const got = Buffer.alloc(256);
    try {
      console_.waiting = got.subarray(0, fs.readSync(console_.fd, got));
    } catch (error) {
      if (error.code !== "EAGAIN") console_.fd = -1;
    }
  }
  return console_.waiting.length;
}

const consoleIn = {
  read(_stream, buffer, offset, length) {
    if (!typed()) throw new FS.ErrnoError(EAGAIN);
    const part = console_.waiting.subarray(0, length);
    buffer.set(part, offset);
    console_.waiting = console_.waiting.subarray(part.length);
    return part.length;
  },
  poll: () => (typed() ? POLLIN : 0),
};
const consoleOut = (fd) => ({
  write: (_stream, buffer, offset, length) => put(fd, Buffer.from(buffer.subarray(offset, offset + length))),
});

// A descriptor of the parent's: a pipe, or a file with a position of its own.
function parents(fd) {
  const seekable = fs.fstatSync(fd).isFile();
  const ops = {
    close() {},
    read(_stream, buffer, offset, length, position) {
      return fs.readSync(fd, buffer, offset, length, seekable ? position : null);
    },
    write(_stream, buffer, offset, length, position) {
      try {
        return fs.writeSync(fd, buffer, offset, length, seekable ? position : null);
      } catch {
        throw new FS.ErrnoError(EIO);
      }
    },
    llseek(stream, offset, whence) {
      if (!seekable) throw new FS.ErrnoError(ESPIPE);
      return whence === 0 ? offset : offset + (whence === 1 ? stream.position : fs.fstatSync(fd).size);
    },
  };
  const tty = FS.getStream(2);
  return FS.createStream({ flags: 2, path: `/dev/fd${fd}`, node: tty.node, position: 0, seekable, stream_ops: ops }, fd);
}

function copyIn(folder) {
  FS.mkdirTree(folder);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) copyIn(inside);
    else if (entry.isFile()) FS.writeFile(inside, fs.readFileSync(inside));
  }
}

// -- the file system becomes the parent's --

FS.getStream(0).stream_ops = consoleIn;
FS.getStream(1).stream_ops = consoleOut(1);
FS.getStream(2).stream_ops = consoleOut(2);
FS.nextfd = () => {
  let fd = OWN_FDS;
  while (FS.streams[fd]) fd++;
  return fd;
};
const getStream = FS.getStream;
FS.getStream = (fd) => getStream(fd) ?? (fd > 2 && fd < OWN_FDS ? parents(fd) : undefined);
const flash = process.env.SUREFOOT_FLASH;
const mine = (name) => flash && (name === flash || name.startsWith(flash + "/"));
for (const folder of [process.env.SUREFOOT_VM, flash]) if (folder) copyIn(folder);
const { close, unlink, rename } = FS;
FS.close = (stream) => {
  const name = stream.path;
  const written = stream.flags & 3;
  close(stream);
  if (written && mine(name)) fs.writeFileSync(name, FS.readFile(name));
};
FS.unlink = (name) => {
  unlink(name);
  if (mine(name)) fs.rmSync(name, { force: true });
};
FS.rename = (from, to) => {
  rename(from, to);
  if (mine(from)) fs.renameSync(from, to);
};

function run(code) {
  try {
    mp.runPython(code);
  } catch (error) {
    if (error.type === "SystemExit") return 0;
    process.stderr.write(`${error.type ?? ""} ${error.message}\n`);
    return 1;
  }
  return 0;
}

// This build's heap grows by itself, so that there is nothing to put out of the firmware's reach.
const HEAP = [/\bheap=\d+/, "heap=1000000000"];
mp.registerJsModule("_environment", { get: (name) => process.env[name]?.replace(...HEAP) ?? null });
run("import os, _environment\nos.getenv = _environment.get\ndel os, _environment");
if (process.env.SUREFOOT_WASM_FIRST) run(fs.readFileSync(process.env.SUREFOOT_WASM_FIRST, "utf8"));
process.exit(run(told.code || fs.readFileSync(told.script || 0, "utf8")));
