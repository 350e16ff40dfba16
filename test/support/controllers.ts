import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll } from 'vitest';

/**
 * Controllers that a file of tests has had handed down in a tree of v2 are taken back after it: with them nobody can go
 * to the top of a tree any more that is not the true one ("no internal processes", cgroups(7)), as a monitor does when
 * it leaves.
 */
const files = readFileSync('/proc/self/mountinfo', 'utf8')
  .split('\n')
  .filter((line) => line.includes(' - cgroup2 '))
  .map((line) => `${line.split(' ')[4]}/cgroup.subtree_control`);

const before = new Map(files.map((file) => [file, controllersIn(file)]));

afterAll(() => {
  for (const [file, controllers] of before) {
    for (const controller of controllersIn(file).filter((name) => !controllers.includes(name))) {
      try {
        writeFileSync(file, `-${controller}`);
      } catch {
        // Somebody needs it.
      }
    }
  }
});

function controllersIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
