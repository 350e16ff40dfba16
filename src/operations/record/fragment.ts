import type { Observations, SeenSyscall } from '../../backend/recording.ts';
import { visible } from '../../errors/visible.ts';
import { type DeviceNumber, deviceRules } from '../../linux/devices.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { ExitStatus } from '../../schema/container-state.ts';
import type { Writable, WritablePath } from './writable.ts';

export interface RecordedRun {
  container: ContainerSpec;
  exit: ExitStatus;
  seen: Observations;
  writable: Writable;
  /** As the fragment names it, such as `./web.yaml.seccomp.json`. */
  profile: string;
  deviceNumber: (device: Device) => DeviceNumber;
}

const MEBIBYTE = 1024 * 1024;

/** What a run has used, as a part of a container file. */
export function composeFragment(run: RecordedRun): string {
  const { container, exit, seen } = run;
  const lines = [
    ...comment(`Recorded by sc run from ${visible(container.process.args.join(' '))}`),
    ...comment(endOf(exit)),
    ...comment(
      'What the program did not do in this run is refused from now on: record it at all of its work.',
    ),
    ...rootfsLines(run),
    'security:',
    ...indented([...capabilityLines(container, seen), ...seccompLines(run), ...deviceLines(run)]),
  ];
  return `${lines.join('\n')}\n`;
}

function endOf({ code, signal, cause }: ExitStatus): string {
  if (signal !== undefined) {
    const why = cause === 'oom' ? ', since its memory had run out' : '';
    return `It was ended by ${signal}${why}: what it does at an end of its own may be missing here.`;
  }
  if (code === null) return 'How it ended is not known: what it does at its end may be missing here.';
  if (code === 0) return 'It ended with code 0.';
  return `It ended with code ${code}: if it failed, what it does when it succeeds is missing here.`;
}

function rootfsLines({ container, writable: { paths, obstacles } }: RecordedRun): string[] {
  if (container.rootfs.readOnly) {
    return [...comment('Its mounts and writable paths stay as they were.'), 'rootfs:', '  readOnly: true'];
  }
  const names = paths.map(({ path }) => path);
  if (obstacles.length > 0) {
    return [
      ...comment('The root filesystem cannot be read-only:'),
      ...obstacles.flatMap((obstacle) => comment(`- ${visible(obstacle)}`)),
      ...comment('With mounts there it can: add them, remove this, and record again.'),
      ...(paths.length > 0 ? comment(`Written to was also ${visible(names.join(', '))}`) : []),
      'rootfs:',
      '  readOnly: false',
    ];
  }
  const plain = paths.filter((path) => isPlain(path));
  const special = paths.filter((path) => !isPlain(path));
  return [
    'rootfs:',
    '  readOnly: true',
    ...(plain.length > 0
      ? [
          '  # Empty at each start, and in memory.',
          '  writablePaths:',
          ...plain.map(({ path }) => `    - ${quoted(path)}`),
        ]
      : []),
    ...(special.length > 0
      ? [
          ...comment('Beside those that the file has already: empty at each start, and in memory.'),
          'mounts:',
          ...special.map(mountLine),
        ]
      : []),
  ];
}

/** Whether a writable path as it is without more words will do: 64Mi, and nothing in it can be executed. */
function isPlain({ size, hasPrograms }: WritablePath): boolean {
  return size <= 32 * MEBIBYTE && !hasPrograms;
}

/** With room for twice of what was there at the end: how much it was on the way is not known. */
function mountLine({ path, size, hasPrograms }: WritablePath): string {
  const room = Math.max(64, Math.ceil((2 * size) / MEBIBYTE));
  return `  - { tmpfs: true, target: ${quoted(path)}, size: ${room}Mi${hasPrograms ? ', exec: true' : ''} }`;
}

function capabilityLines({ security }: ContainerSpec, { capabilities, unseen }: Observations): string[] {
  const names = capabilities?.used ?? security.capabilities;
  const add = names.length > 0 ? [`  add: [${names.join(', ')}]`] : [];
  const refused = capabilities?.refused ?? [];
  const remarks = [
    ...(capabilities === undefined
      ? comment(`Those of the run; which of them it needs was not seen: ${reasons(unseen, 'capabilities')}`)
      : []),
    ...(refused.length > 0 ? comment(`Asked for in vain: ${refused.join(', ')}`) : []),
  ];
  return [...remarks, 'capabilities:', '  drop: [ALL]', ...add];
}

function seccompLines({ seen: { syscalls, refusedSyscalls }, profile }: RecordedRun): string[] {
  const refused = refusedSyscalls.map((call) => `${nameOf(call)} (${call.errno})`);
  const nameless = syscalls.filter(({ name }) => name === undefined).map(nameOf);
  return [
    ...comment(`${syscalls.length} system calls.`),
    ...(refused.length > 0 ? comment(`Refused in this run too: ${refused.join(', ')}`) : []),
    ...(nameless.length > 0
      ? comment(`Too new for the installed libseccomp, and so refused: ${nameless.join(', ')}`)
      : []),
    `seccomp: ${quoted(profile)}`,
  ];
}

function nameOf({ name, number, form }: SeenSyscall): string {
  const where = { native: '', x32: ' of x32', compat: ' of 32-bit programs' };
  return name ?? `number ${number}${where[form]}`;
}

/** Those of its file that were used, for no more than they were used for. */
function deviceLines({ container, seen, deviceNumber }: RecordedRun): string[] {
  const declared = container.security.devices;
  const { devices } = seen;
  if (devices === undefined) {
    const remark = comment(`Which devices it has used was not seen: ${reasons(seen.unseen, 'devices')}`);
    return [...remark, ...list(declared)];
  }
  const numbers = new Map(declared.map((device) => [nameOfDevice(deviceNumber(device)), device]));
  const used = devices.flatMap((device) => {
    const found = numbers.get(nameOfDevice(device));
    const access = [...device.access].filter((letter) => found?.access.includes(letter)).join('');
    return found === undefined || access === '' ? [] : [{ ...found, access }];
  });
  const mayMakeNodes = container.security.capabilities.includes('CAP_MKNOD');
  const others = devices.filter(
    (device) =>
      !isStandard(device) && !numbers.has(nameOfDevice(device)) && !(mayMakeNodes && device.access === 'm'),
  );
  const names = others.map((device) => `${nameOfDevice(device)} (${device.access})`);
  return [
    ...(names.length > 0 ? comment(`Devices asked for in vain: ${names.join(', ')}`) : []),
    ...list(used),
  ];
}

type Device = ContainerSpec['security']['devices'][number];

function list(devices: readonly Device[]): string[] {
  return devices.length === 0 ? [] : ['devices:', ...devices.map(deviceLine)];
}

function deviceLine({ path, source, access, mode }: Device): string {
  const from = source === path ? '' : `, source: ${quoted(source)}`;
  const bits = mode === 0o666 ? '' : `, mode: '0${mode.toString(8)}'`;
  return `  - { path: ${quoted(path)}${from}, access: ${access}${bits} }`;
}

function nameOfDevice({ type, major, minor }: DeviceNumber): string {
  return `${type} ${major}:${minor}`;
}

function isStandard(device: DeviceNumber): boolean {
  return deviceRules([], false).some(
    ({ type, major, minor = device.minor }) =>
      type === device.type && major === device.major && minor === device.minor,
  );
}

function reasons(unseen: Observations['unseen'], wanted: Observations['unseen'][number]['what']): string {
  const all = unseen.filter(({ what }) => what === wanted).map(({ why }) => why);
  return visible(all.join('; '));
}

function comment(text: string): string[] {
  return [`# ${withoutVariables(text)}`];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function quoted(text: string): string {
  return /^[./][\w./@+-]*$/.test(text) ? text : withoutVariables(JSON.stringify(text));
}

/** Variables of a container file are replaced before it is YAML, in its comments too. */
function withoutVariables(text: string): string {
  return text.replaceAll('${', () => '$${');
}
