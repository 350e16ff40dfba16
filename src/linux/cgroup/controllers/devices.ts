import { deviceProgram } from '../../device-program.ts';
import type { DeviceRule } from '../../devices.ts';
import { type CgroupController, write } from './controller.ts';

/** Which devices may be opened: a list in v1, a program in v2. There is no need to see it inside. */
export const devices: CgroupController = {
  names: { 1: 'devices', 2: undefined },
  always: () => false,
  fields: ({ devices }) => (devices === undefined ? [] : ['security.devices']),
  complaints: () => [],
  v1: ({ devices = [] }) => ({
    hidden: true,
    writes: [
      ...write('devices.deny', 'a'),
      ...devices.flatMap((rule) => write('devices.allow', inWords(rule))),
    ],
  }),
  v2: ({ devices = [] }) => ({ hidden: true, writes: [], program: deviceProgram(devices) }),
  lift: () => 'a',
};

/** `c 1:3 rwm`, with `*` for every number. */
function inWords({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}
