import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeBackend } from '../../src/backend/native/native.ts';
import type { Party } from '../party.ts';
import { residentParty } from '../party.ts';
import { benchContainer } from '../start/container.ts';
import { cgroupPrefix, type Workshop } from '../start/workshop.ts';

const MEBIBYTE = 1 << 20;
const SIZE = 512 * MEBIBYTE;

/** The same file, by the same program, into a file and into the log of a container. */
export function logParties(workshop: Workshop): Party[] {
  const { directory, rootfs, spawn } = workshop;
  copyFileSync('/bin/busybox', join(rootfs, 'busybox'));
  const text = randomBytes(48)
    .toString('base64')
    .concat('\n')
    .repeat(MEBIBYTE / 65 + 1)
    .slice(0, MEBIBYTE);
  const source = join(rootfs, 'text');
  const output = openSync(source, 'w');
  for (let written = 0; written < SIZE; written += MEBIBYTE) writeFileSync(output, text);
  closeSync(output);
  const cat = `exec ${join(rootfs, 'busybox')} cat ${source} > ${join(directory, 'copy')}`;
  const toFile = residentParty({
    name: `cat of ${SIZE / MEBIBYTE} MiB > file`,
    argv: [spawn, 'sh', '-c', cat],
  });
  return [toFile, toLog(workshop)];
}

function toLog({ directory, rootfs }: Workshop): Party {
  const backend = nativeBackend({ root: directory, cgroupParent: `/${cgroupPrefix}-log` });
  const [record, log] = [join(directory, 'record'), join(directory, 'record', 'log')];
  mkdirSync(log, { recursive: true });
  const { container, ...request } = benchContainer(rootfs);
  const { maxSize, maxFiles } = container.logging;
  return {
    name: 'cat to the log',
    note: `in a container, its start included, kept as by default: ${maxFiles} files of ${maxSize / MEBIBYTE} MiB`,
    async measure(count) {
      const durations: number[] = [];
      for (let index = 0; index < count; index++) {
        const from = performance.now();
        const handle = await backend.launch({
          ...request,
          container: { ...container, process: { ...container.process, args: ['/busybox', 'cat', '/text'] } },
          stdio: { stdin: -1, stdout: -1, stderr: -1 },
          recordDirectory: record,
          detached: { log: { directory: log, maxSize, maxFiles } },
        });
        handle.release();
        const { code } = await handle.wait();
        durations.push(performance.now() - from);
        if (code !== 0 || statSync(join(log, 'data.1')).size < maxSize / 2)
          throw new Error(`the container ended with ${code}, or its log is not there`);
      }
      return durations;
    },
    end: async () => undefined,
  };
}
