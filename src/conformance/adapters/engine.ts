import type { AdapterDescription } from '../../schema/conformance-adapter.ts';
import { EngineContainers } from './engine-containers.ts';
import { EngineImages } from './engine-images.ts';
import { type EngineContainer, engineFields, engineLacks, updateOptionsOf } from './engine-options.ts';
import { EngineProgram } from './engine-program.ts';
import { EngineRuns } from './engine-runs.ts';
import type { ExecRequest, OneRequest, Place, RunRequest } from './requests.ts';
import type { Adapter } from './serve.ts';

/**
 * podman and docker by the command line that they have in common. Root filesystems become images of theirs. podman
 * keeps nothing beside the attempt; docker is the daemon that its command line finds.
 */
export function engineAdapter(path: string): Adapter {
  const program = new EngineProgram(path);
  const images = new EngineImages(program);
  const containers = new EngineContainers(program);
  const runs = new EngineRuns(program, images, containers);
  const begin = (request: { directory: string; token: string }) => {
    program.begin(request);
    images.forget();
  };
  const one =
    (...words: string[]) =>
    ({ container }: OneRequest) =>
      program.succeed(...words, container);
  return {
    describe: () => description(program),
    operations: {
      begin: async (request: { directory: string; token: string }) => begin(request),
      end: async (request: { directory: string; token: string }) => {
        begin(request);
        for (const { name } of (await containers.list()).containers) await containers.delete(name, true);
        await images.remove();
        await program.end();
      },
      run: (request: RunRequest<EngineContainer>) => runs.run(request),
      exec: (request: ExecRequest) => runs.exec(request),
      state: ({ container }: OneRequest) => containers.state(container),
      list: () => containers.list(),
      wait: async ({ container, timeout }: OneRequest) => {
        const { stdout } = await program.execute(['wait', container], { timeout });
        return { exit: await containers.exitOf(container, Number(stdout.trim())) };
      },
      start: one('start'),
      pause: one('pause'),
      resume: one('unpause'),
      stop: (request: OneRequest) => program.succeed('stop', ...endingOf(request), request.container),
      restart: (request: OneRequest) => program.succeed('restart', ...endingOf(request), request.container),
      kill: ({ container, signal }: OneRequest) =>
        program.succeed('kill', ...(signal === undefined ? [] : ['--signal', String(signal)]), container),
      delete: ({ container, force = false }: OneRequest) => containers.delete(container, force),
      rename: ({ container, to = '' }: OneRequest) => program.succeed('rename', container, to),
      update: ({ container, resources = {} }: OneRequest) =>
        program.succeed('update', ...updateOptionsOf(resources), container),
      logs: ({ container }: OneRequest) => program.execute(['logs', container], { stripFinalNewline: false }),
      diff: async ({ container }: OneRequest) => ({
        changes: changesIn(await program.call('diff', container)),
      }),
      commit: async ({ container, image = '' }: OneRequest) => ({
        id: await program.call('commit', container, image),
      }),
      copy: ({ from, to, archive = false }: { from: Place; to: Place; archive?: boolean }) =>
        program.succeed('cp', ...(archive ? ['--archive'] : []), placeOf(from), placeOf(to)),
    },
  };
}

async function description(program: EngineProgram): Promise<AdapterDescription> {
  // Of docker it is the daemon that runs containers.
  const { name, isPodman } = program;
  const args = isPodman ? ['--version'] : ['version', '--format', '{{.Server.Version}}'];
  const version = await program.call(...args);
  const help = await program.call('stop', '--help');
  return {
    name,
    version: version.split(' ').at(-1) ?? 'unknown',
    operations: [
      ...['run', 'exec', 'state', 'list', 'wait', 'start', 'restart', 'stop', 'kill', 'pause', 'resume'],
      ...['delete', 'rename', 'update', 'logs', 'diff', 'commit', 'copy'],
    ],
    fields: engineFields(isPodman),
    unsupported: engineLacks(isPodman, help),
    features: ['logs', 'restart'],
  };
}

/** Options of `stop` and `restart`, which know whole seconds. */
function endingOf({ signal, timeout }: OneRequest): string[] {
  return [
    ...(signal === undefined ? [] : ['--signal', String(signal)]),
    ...(timeout === undefined ? [] : ['--time', String(timeout < 0 ? -1 : Math.ceil(timeout / 1000))]),
  ];
}

function changesIn(text: string): { kind: string; path: string }[] {
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => ({ kind: line.slice(0, 1), path: line.slice(2) }));
}

function placeOf({ container, path }: Place): string {
  return container === undefined ? path : `${container}:${path}`;
}
