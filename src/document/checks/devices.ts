import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { type Check, containersOf, joined, select } from './check.ts';

/** What every container has there, or what is mounted there. */
const taken = 'null zero full random urandom tty ptmx console pts shm mqueue fd stdin stdout stderr'.split(
  ' ',
);

/** Checks of devices: each is below /dev, at a path of its own. */
export const deviceChecks: readonly Check[] = [
  {
    name: 'devices have places of their own in /dev',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) => {
        const earlier: string[] = [];
        return select(value, 'security.devices.*.path').flatMap((field): Finding[] => {
          if (typeof field.value !== 'string') return [];
          const place = posix.normalize(field.value).replace(/\/$/, '');
          const complaint = complaintOf(place, earlier);
          earlier.push(place);
          return complaint === undefined ? [] : [{ path: joined(path, field.path), ...complaint }];
        });
      }),
  },
];

function complaintOf(place: string, earlier: readonly string[]): Omit<Finding, 'path'> | undefined {
  if (!place.startsWith('/dev/')) {
    return {
      message: `"${place}" is not below /dev, and no device can be opened elsewhere`,
      expected: 'a path below /dev',
    };
  }
  const [, , name = ''] = place.split('/');
  if (taken.includes(name)) return { message: `"/dev/${name}" is there in every container` };
  const other = earlier.find(
    (path) => `${path}/`.startsWith(`${place}/`) || `${place}/`.startsWith(`${path}/`),
  );
  if (other === undefined) return undefined;
  return {
    message:
      other === place ? `"${place}" is there twice` : `"${place}" and "${other}" cannot both be devices`,
  };
}
