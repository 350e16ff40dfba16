import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { errnoName } from '../../linux/libc.ts';
import { MESSAGE_FAILED } from './protocol.ts';
import { type Question, renderProbe } from './render/probe.ts';
import { reap, spawnStage } from './spawn.ts';

/** Of single directories by their device: what stands on one filesystem has one answer. */
const known = new Map<number, string | undefined>();

/**
 * Why the kernel cannot show these with mapped owners: directories, and trees with all that is mounted
 * below. Undefined where it can. A path that is not there is passed over. The kernel is asked by trying it,
 * in a process of its own.
 */
export function ownersObstacle(directories: readonly string[], trees: readonly string[]): string | undefined {
  const devices = new Map(directories.flatMap((path) => deviceOf(path)));
  const unknown = [...devices].filter(([, device]) => !known.has(device)).map(([path]) => path);
  const there = trees.filter((path) => deviceOf(path).length > 0);
  const questions = [
    ...unknown.map((path) => ({ path, recursive: false })),
    ...there.map((path) => ({ path, recursive: true })),
  ];
  const answers = questions.length === 0 ? [] : ask(questions);
  if (typeof answers === 'string') return answers;
  for (const [index, path] of unknown.entries()) known.set(devices.get(path) ?? 0, answers[index]);
  return [...[...devices.values()].map((device) => known.get(device)), ...answers].find(Boolean);
}

function deviceOf(path: string): [path: string, device: number][] {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? [] : [[path, stats.dev]];
}

/** An obstacle or undefined for each question, or why nothing can be asked. */
function ask(questions: readonly Question[]): (string | undefined)[] | string {
  const program = renderProbe(questions);
  const answer = runProbe(program);
  if (answer.length < 4) return 'the probe was killed';
  if (answer.readUInt32LE(0) === MESSAGE_FAILED)
    return `${program.labels[answer.readUInt32LE(4)]}: ${errnoName(answer.readUInt32LE(8))}`;
  return questions.map(({ path }, index) => {
    const result = answer.readInt32LE(4 + 4 * index);
    return result < 0 ? `owners cannot be mapped on "${path}": ${errnoName(-result)}` : undefined;
  });
}

function runProbe(program: ReturnType<typeof renderProbe>): Buffer {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const probe = spawnStage(program, { stdin: nothing, stdout: nothing, stderr: nothing });
    const answer = readFileSync(probe.report);
    for (const fd of [probe.report, probe.control]) closeSync(fd);
    reap(probe.pid);
    return answer;
  } finally {
    closeSync(nothing);
  }
}
