import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds that a file takes, about: what starts sc or containers takes longest. By the start of its path. */
const seconds: readonly (readonly [path: string, seconds: number])[] = [
  ['test/virtual-machine/resources', 150],
  ['test/backend/lxc/lxc.test', 60],
  ['test/backend/lxc/', 10],
  ['test/backend/oci/crun', 37],
  ['test/backend/oci/runc', 25],
  ['test/backend/native/attacks', 37],
  ['test/backend/native/resources-devices', 30],
  ['test/backend/native/native.test', 27],
  ['test/backend/native/abandoned', 20],
  ['test/backend/native/exec', 20],
  ['test/backend/', 5],
  ['test/commands/attach', 30],
  ['test/commands/changed-ports', 40],
  ['test/commands/commit', 36],
  ['test/commands/conformance-mutants', 90],
  ['test/commands/containers', 32],
  ['test/commands/logs-detached', 31],
  ['test/commands/plugin', 30],
  ['test/commands/image-', 20],
  ['test/commands/copy', 24],
  ['test/commands/restart-policies', 24],
  ['test/commands/stats', 24],
  ['test/commands/', 13],
  ['test/monitor/faults', 25],
  ['test/monitor/aborted', 25],
  ['test/monitor/server', 25],
  ['test/monitor/', 10],
  ['test/storage/', 10],
  ['test/operations/copy/', 8],
  ['test/examples', 90],
  ['test/image/layer/round-trip', 20],
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
