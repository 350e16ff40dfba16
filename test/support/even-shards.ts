import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds that a file takes, about: what starts sc or containers takes longest. By the start of its path. */
const seconds: readonly (readonly [path: string, seconds: number])[] = [
  ['test/virtual-machine/resources', 250],
  ['test/monitor/kills', 50],
  ['test/monitor/', 12],
  ['test/commands/attach', 30],
  ['test/commands/volumes', 40],
  ['test/commands/plugin', 30],
  ['test/commands/network-bridge', 35],
  ['test/commands/publish', 35],
  ['test/commands/changed-ports', 20],
  ['test/commands/', 13],
  ['test/backend/native/attacks', 30],
  ['test/backend/lxc/lxc.test', 40],
  ['test/backend/lxc/lxc-start', 15],
  ['test/backend/oci/runc', 35],
  ['test/backend/oci/crun', 35],
  ['test/backend/', 5],
  ['test/storage/', 20],
  ['test/operations/copy/', 12],
  ['test/examples', 40],
  ['test/', 1],
];

/** Shares the files out so that all shards end at about the same time. */
export class EvenShards extends BaseSequencer {
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    const shards = Array.from({ length: count }, () => ({ seconds: 0, files: [] as TestSpecification[] }));
    const known = files.map((file) => ({ file, path: file.moduleId.slice(this.ctx.config.root.length + 1) }));
    known.sort((a, b) => secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1));
    for (const { file, path } of known) {
      const emptiest = shards.reduce((least, shard) => (shard.seconds < least.seconds ? shard : least));
      emptiest.files.push(file);
      emptiest.seconds += secondsOf(path);
    }
    return shards[index - 1]?.files ?? [];
  }
}

function secondsOf(path: string): number {
  return seconds.find(([start]) => path.startsWith(start))?.[1] ?? 1;
}
