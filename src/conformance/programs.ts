import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { Interrupted } from './interrupted.ts';

/**
 * What cases may call by its name. There are not all that the file has in it: to make, unpack and remove hundreds of links
 * takes longer than to start a container.
 */
const usual = new Set(
  `[ [[ ash awk base64 basename cat chgrp chmod chown chroot cmp cp cut date dd df diff dirname du echo egrep env expr
  false fgrep find grep groups gunzip gzip head hostname id ip kill ln ls mkdir mkfifo mknod mktemp mount mv nc nproc
  nslookup od pidof ping printf ps pwd readlink realpath rm rmdir sed seq setpriv setsid sh sha256sum sleep sort stat stty
  su sync sysctl tail tar tee test timeout top touch tr true truncate tty umount uname uniq unshare uptime usleep vi wc
  wget which whoami xargs yes`.split(/\s+/),
);

/** Makes a directory with a shell and the usual programs, in one static file. */
export function makePrograms(place: string): void {
  const { file, programs } = busybox();
  mkdirSync(place, { mode: 0o755 });
  copyFileSync(file, join(place, 'busybox'));
  chmodSync(join(place, 'busybox'), 0o755);
  for (const program of programs) symlinkSync('busybox', join(place, program));
}

/**
 * Such a directory that goes from one root filesystem to the next as long as nothing in it has changed, since to make and
 * to remove a hundred links takes about as long as to start a container.
 */
export class SharedPrograms {
  readonly #shelf: string;
  /** What it was when it was made. */
  #print = '';
  #isOnShelf = false;

  /** `shelf` is where it is between two root filesystems. */
  constructor(shelf: string) {
    this.#shelf = shelf;
  }

  put(place: string): void {
    if (this.#isOnShelf) renameSync(this.#shelf, place);
    else {
      makePrograms(place);
      this.#print = printOf(place);
    }
    this.#isOnShelf = false;
  }

  /** Takes it back from a root filesystem that nobody uses any more, or leaves it there where it has become another. */
  takeBack(place: string): void {
    try {
      if (this.#print === '' || printOf(place) !== this.#print) return;
      renameSync(place, this.#shelf);
      this.#isOnShelf = true;
    } catch {
      // Somebody has it still, or a part of it has just gone.
    }
  }
}

/** All that can be changed of a directory and of what is in it: each change of an inode is one of its ctime (inode(7)). */
function printOf(place: string): string {
  const top = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  if (!top?.isDirectory()) return '';
  const { ino, mode, uid, gid } = top;
  const entries = readdirSync(place).map((name) => {
    const { ino, ctimeNs } = lstatSync(join(place, name), { bigint: true });
    return `${name} ${ino} ${ctimeNs}`;
  });
  return [`${ino} ${mode} ${uid}:${gid}`, ...entries.sort()].join('\n');
}

let found: { file: string; programs: string[] } | undefined;

/** The host's, which is looked for once. */
function busybox(): { file: string; programs: string[] } {
  found ??= findBusybox();
  return found;
}

function findBusybox(): { file: string; programs: string[] } {
  const path = (process.env.PATH ?? '').split(':');
  for (const directory of [...path, '/bin', '/usr/bin']) {
    const file = join(directory, 'busybox');
    try {
      if (!isStatic(readFileSync(file))) continue;
      const programs = execFileSync(file, ['--list'], { encoding: 'utf8' }).trim().split('\n');
      return { file, programs: programs.filter((name) => usual.has(name)) };
    } catch {
      // Not there.
    }
  }
  throw new Interrupted('ERROR', 'there is no static busybox in PATH: install busybox-static');
}

/** Whether an ELF file of 64 bits asks for no interpreter: the program header's type is PT_INTERP, 3 (elf(5)). */
function isStatic(bytes: Buffer): boolean {
  if (bytes.toString('latin1', 0, 4) !== '\x7fELF') return false;
  const [offset, size, count] = [
    Number(bytes.readBigUInt64LE(32)),
    bytes.readUInt16LE(54),
    bytes.readUInt16LE(56),
  ];
  return !Array.from({ length: count }, (_, index) => bytes.readUInt32LE(offset + index * size)).includes(3);
}
