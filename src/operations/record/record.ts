import { basename } from 'node:path';
import type { AnyBackend } from '../../backend/backend.ts';
import { ableTo } from '../../backend/operations.ts';
import type { Recorder } from '../../backend/recording.ts';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { replaceFile } from '../../linux/atomic-file.ts';
import { deviceAt } from '../../linux/devices.ts';
import { checkPlace } from '../../linux/writable-place.ts';
import type { ExitStatus } from '../../schema/container-state.ts';
import type { OpenStorage } from '../../storage/registry.ts';
import type { Preparation } from '../launch.ts';
import { composeFragment } from './fragment.ts';
import { recordedProfile } from './profile.ts';
import { writableOf } from './writable.ts';

/** Made by sc before each start, whatever the file says. */
const madeAlways = ['/proc', '/sys', '/dev', '/run/secrets'];

/** What a run uses, on its way into a file. */
export class Record {
  readonly #path: string;
  #recorder: Recorder | undefined;

  /** `path` is absolute. Throws SC_USAGE where no file can be put there. */
  constructor(path: string) {
    checkPlace('--record FILE', path);
    this.#path = path;
  }

  /** Answers by what the container makes itself known. Throws SC_UNSUPPORTED, and SC_HOST_UNFIT. */
  async begin(backend: AnyBackend, storage: OpenStorage): Promise<void> {
    const { record } = ableTo('run --record', backend, backend.name);
    if (storage.changes === undefined) {
      throw new ScError('SC_UNSUPPORTED', `storage driver "${storage.name}" cannot say what was written`);
    }
    this.#recorder = await record();
  }

  get mark(): bigint | undefined {
    return this.#recorder?.mark;
  }

  /** Writes the file, and the filter beside it, while the container's snapshot is still there. */
  async finish(request: Preparation, exit: ExitStatus, storage: OpenStorage): Promise<void> {
    const recorder = this.#recorder;
    if (recorder === undefined || storage.changes === undefined) return;
    const { changes } = storage;
    const { container, rootfs } = request;
    await during('SC_SYSTEM_CALL', `record to "${this.#path}"`, () => {
      const seen = recorder.finish();
      const profile = recordedProfile(seen, container.security.capabilities);
      const profilePath = `${this.#path}.seccomp.json`;
      const fragment = composeFragment({
        container,
        exit,
        seen,
        writable: writableOf(changes(rootfs), madeBefore(request)),
        profile: `./${basename(profilePath)}`,
        deviceNumber: ({ source }) => deviceAt(source),
      });
      // In this order: a fragment never names a filter that is not there.
      replaceFile(profilePath, `${JSON.stringify(profile, undefined, 2)}\n`, { durable: false });
      replaceFile(this.#path, fragment, { durable: false });
    });
  }

  /** No more effect after the first time. */
  close(): void {
    this.#recorder?.close();
    this.#recorder = undefined;
  }
}

function madeBefore({ container, etc = [] }: Preparation): string[] {
  const { mounts, process, security } = container;
  const files = etc.map(({ name }) => `/etc/${name}`);
  const targets = [...mounts, ...security.secrets].map(({ target }) => target);
  return [...madeAlways, ...files, process.cwd, ...targets];
}
