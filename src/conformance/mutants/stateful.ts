import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, truncateSync } from 'node:fs';
import type { Place } from '../adapters/requests.ts';
import { Refusal } from '../adapters/serve.ts';
import { asking, type Fault, instead, type Words } from './fault.ts';

/** All that can be asked of a runtime beside `begin` and `end`, which keep the host clean. */
const all: readonly string[] = [
  ...[
    'run',
    'exec',
    'state',
    'list',
    'wait',
    'start',
    'restart',
    'stop',
    'kill',
    'pause',
    'resume',
    'delete',
  ],
  ...['rename', 'update', 'logs', 'diff', 'commit', 'copy', 'call'],
];

/** Bytes of a stream that arrive. */
const FEW = 4;

/** Remembers the first answer about each container. */
export const forgetsStates: Fault = (sound) => {
  const first = new Map<unknown, Words>();
  return instead(['state', 'list'], async ({ container }, perform) => {
    const answer = first.get(container) ?? (await perform(container === undefined ? {} : { container }));
    first.set(container, answer);
    return answer;
  })(sound);
};

/** Gives the second of a name another one, behind which it is found from then on. */
export const takesNamesTwice: Fault = (sound) => {
  const taken = new Map<string, number>();
  const nameOf = (name: string) => `${name}${'x'.repeat((taken.get(name) ?? 1) - 1)}`;
  const withNames = instead(['run'], (request, perform) => {
    const name = String(request.name);
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return perform({ ...request, name: nameOf(name) });
  });
  const others = all.filter((operation) => !['run', 'list', 'copy', 'call'].includes(operation));
  return asking(others, (request) => ({ ...request, container: nameOf(String(request.container)) }))(
    withNames(sound),
  );
};

export const deletesAnything: Fault = asking(['delete'], (request) => ({ ...request, force: true }));

/** Cuts what a program in the foreground has written, and the logs of one in the background. */
export const truncates: Fault = (sound) =>
  instead(['logs'], async (request, perform) => {
    const { stdout = '', stderr = '' } = (await perform(request)) as { stdout?: string; stderr?: string };
    return { stdout: stdout.slice(0, FEW), stderr: stderr.slice(0, FEW) };
  })(
    instead(['run', 'exec'], async (request, perform) => {
      const answer = await perform(request);
      const { stdout, stderr } = request.streams as { stdout: string; stderr: string };
      for (const file of [stdout, stderr]) truncateSync(file, Math.min(FEW, statSync(file).size));
      return answer;
    })(sound),
  );

/**
 * Makes something on the host for each run, and leaves it there. Whatever becomes of the adapter, it is taken back when
 * that has gone: by a shell in a session of its own, whose input ends then.
 */
export function leaves(make: string, takeBack: string): Fault {
  return (sound) => {
    const shells: ChildProcess[] = [];
    const faulty = instead(['run'], async (request, perform) => {
      const script = `${make}; echo; read word; ${takeBack}`;
      const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
      shells.push(shell);
      await once(shell.stdout, 'data');
      shell.unref();
      return perform(request);
    })(sound);
    return {
      ...faulty,
      close: () => {
        for (const { stdin } of shells) stdin?.end();
      },
    };
  };
}

/** Does something on the host with what was copied there; FILE is what it is. */
export function afterCopies(script: string): Fault {
  return instead(['copy'], async (request, perform) => {
    const answer = await perform(request);
    const { path, container } = request.to as Place;
    if (container === undefined) execFileSync('sh', ['-c', script], { env: { ...process.env, FILE: path } });
    return answer;
  });
}

export const tellsNoRefusal: Fault = instead(all, (request, perform) =>
  perform(request).catch(() => ({ exit: { code: 0 } })),
);

export const vagueRefusals: Fault = instead(all, (request, perform) =>
  perform(request).catch((error: Error) => {
    throw new Refusal('internal', error.message);
  }),
);

export const doesNothing: Fault = instead(all, async () => ({}));

export const refusesAll: Fault = instead(all, async (_, __, operation) => {
  throw new Refusal('unsupported', `"${operation}" is not here`);
});
