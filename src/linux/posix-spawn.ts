import { ScError } from '../errors/error.ts';
import { errnoName, library } from './libc.ts';

// glibc and musl: posix_spawnattr_t is 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128.
const ATTRIBUTES_SIZE = 512;
const FILE_ACTIONS_SIZE = 256;
const SIGNAL_SET_SIZE = 128;

const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

const initAttributes = library.func('int posix_spawnattr_init(void *attributes)');
const setFlags = library.func('int posix_spawnattr_setflags(void *attributes, short flags)');
const setDefaultSignals = library.func('int posix_spawnattr_setsigdefault(void *attributes, void *set)');
const setMask = library.func('int posix_spawnattr_setsigmask(void *attributes, void *set)');
const destroyAttributes = library.func('int posix_spawnattr_destroy(void *attributes)');
const initActions = library.func('int posix_spawn_file_actions_init(void *actions)');
const addDup2 = library.func('int posix_spawn_file_actions_adddup2(void *actions, int fd, int newfd)');
const destroyActions = library.func('int posix_spawn_file_actions_destroy(void *actions)');
const posixSpawn = library.func(
  'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)',
);

interface SpawnRequest {
  path: string;
  argv: string[];
  environment: string[];
  /** The child's descriptors 0, 1, 2, ...: which of ours each is. Sources are 64 or more. */
  descriptors: number[];
}

/**
 * Starts a program in a session of its own, with every signal blocked and at its default (Node ignores
 * SIGPIPE and SIGXFSZ, and ignored signals outlive exec). libc clones with CLONE_VM | CLONE_VFORK, so no
 * JavaScript runs in the child and its start costs no copy of Node's memory.
 *
 * Returns the pid. The child is the caller's to reap: Node waits only for children of its own.
 */
export function posixSpawnDetached(request: SpawnRequest): number {
  const attributes = Buffer.alloc(ATTRIBUTES_SIZE);
  const actions = Buffer.alloc(FILE_ACTIONS_SIZE);
  const everySignal = Buffer.alloc(SIGNAL_SET_SIZE, 0xff);
  initAttributes(attributes);
  initActions(actions);
  try {
    setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    setDefaultSignals(attributes, everySignal);
    setMask(attributes, everySignal);
    for (const [number, fd] of request.descriptors.entries()) addDup2(actions, fd, number);
    const pid: [number] = [0];
    const errno = posixSpawn(
      pid,
      request.path,
      actions,
      attributes,
      [...request.argv, null],
      [...request.environment, null],
    );
    if (errno !== 0) {
      const name = errnoName(errno);
      throw new ScError('SC_SYSTEM_CALL', `posix_spawn "${request.argv[0]}": ${name}`, { errno: name });
    }
    return pid[0];
  } finally {
    destroyActions(actions);
    destroyAttributes(attributes);
  }
}
