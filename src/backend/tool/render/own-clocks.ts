import { AT_FDCWD, CLONE_NEWTIME, O_CLOEXEC, O_RDONLY } from '../../../linux/constants.ts';
import type { ClockOffsets } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument } from '../../native/program/program.ts';
import { enterTimeNamespace } from '../../native/render/time-namespace.ts';

// A runtime knows processes by the times of their start, which depend on the clocks that it sees itself: each of its
// calls for a container has to see those of the container.

/** The time namespace of a container, in which a tool is to be called. Only `make` can fail. */
export interface OwnClocks {
  /** Children are born in it from now on. */
  make(): void;
  /** They are so again; of no effect where it was not made. */
  enter(): void;
  leave(): void;
}

export function ownClocks(p: ProgramBuilder, offsets: ClockOffsets): OwnClocks {
  const [home, own] = [p.struct('its own clocks', [-1, 4], [0, 4]), p.struct('clocks', [-1, 4], [0, 4])];
  const hold = (place: typeof home, name: string) => {
    const words = `hold the namespace ${name}`;
    const path = p.string(`/proc/self/ns/${name}`);
    const opened = p.call(words, 'openat', AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    p.store(words, place, 0, { result: opened }, 4);
  };
  const go = (words: string, place: typeof home) => {
    const namespace: Argument = { load: 32, from: place, at: 0 };
    p.attempt(words, 'setns', namespace, CLONE_NEWTIME);
  };
  return {
    make: () => {
      hold(home, 'time');
      enterTimeNamespace(p, offsets);
      hold(own, 'time_for_children');
    },
    enter: () => go('have the clocks of the container', own),
    leave: () => go('go back to its own clocks', home),
  };
}
