import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { File, ImageArchive, TarEntry } from '../schema/conformance-case.ts';
import { probeBytes } from '../scorecard/probe/probe.ts';
import { makeArchive } from './image-fixture.ts';
import { makePrograms } from './programs.ts';
import { tarOf } from './tar-fixture.ts';

/** Where the probe is in the root filesystem of a case, and below which its questions are. */
export const probeProgram = '/.probe/probe';

/** Where the shell and the other programs are in it. */
export const programsOf = 'bin';

const directories = ['dev', 'etc', 'home/app', 'mnt', 'opt', 'proc', 'root', 'run', 'sys', 'usr/bin', 'var'];

const texts: { readonly [path: string]: string } = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  'etc/group': 'root:x:0:\napp:x:1000:\naudio:x:29:app\nnogroup:x:65534:\n',
};

/**
 * Makes the root filesystem that containers of a case have: a shell with the usual programs, which are put there, the
 * probe, three users, and what else the case wants in it.
 */
export function makeRootfs(
  directory: string,
  files: { readonly [path: string]: File },
  putPrograms: (place: string) => void = makePrograms,
): void {
  for (const path of directories) mkdirSync(join(directory, path), { recursive: true, mode: 0o755 });
  mkdirSync(join(directory, 'tmp'));
  chmodSync(join(directory, 'tmp'), 0o1777);
  putPrograms(join(directory, programsOf));
  for (const [path, text] of Object.entries(texts))
    writeFileSync(join(directory, path), text, { mode: 0o644 });
  mkdirSync(join(directory, dirname(probeProgram)));
  writeFileSync(join(directory, probeProgram), probeBytes(), { mode: 0o755 });
  makeFiles(directory, files);
}

/**
 * Makes files below a directory, in their order; one takes the place of what was there. Images among them stand on a root
 * filesystem.
 */
export function makeFiles(
  directory: string,
  files: { readonly [path: string]: File },
  rootfs: string = directory,
): void {
  for (const [path, file] of Object.entries(files)) {
    const place = join(directory, path);
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    makeFile(place, typeof file === 'string' ? { text: file } : file, { directory, rootfs });
  }
}

function makeFile(
  place: string,
  file: Exclude<File, string>,
  { directory, rootfs }: { directory: string; rootfs: string },
): void {
  if (file.directory === true) mkdirSync(place, { recursive: true, mode: 0o755 });
  else if (file.archive !== undefined) makeArchive(place, file.archive as ImageArchive, rootfs);
  else {
    rmSync(place, { recursive: true, force: true });
    if (file.link !== undefined) symlinkSync(file.link, place);
    else if (file.hardlink !== undefined) linkSync(join(directory, file.hardlink), place);
    else if (file.fifo === true) execFileSync('mkfifo', [place]);
    else writeFileSync(place, contentOf(file), { mode: 0o644 });
    if (file.bytes !== undefined) truncateSync(place, file.bytes);
  }
  const [uid, gid] = (file.owner ?? '').split(':').map(Number);
  if (uid !== undefined && gid !== undefined) lchownSync(place, uid, gid);
  if (file.mode !== undefined && file.link === undefined) chmodSync(place, Number.parseInt(file.mode, 8));
}

function contentOf({ text = '', base64, tar }: Exclude<File, string>): string | Buffer {
  if (tar !== undefined) return tarOf(tar as TarEntry[]);
  return base64 === undefined ? text : Buffer.from(base64, 'base64');
}
