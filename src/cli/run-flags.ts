import { boolean, string } from '@oclif/core/flags';
import { backgroundFlags } from './background-flags.ts';
import { publishAddressFlag } from './publish-address-flag.ts';

const many = { multiple: true, multipleNonGreedy: true } as const;

/** Flags of `sc run`, named as docker names them, so that who knows one knows the other. */
export const runFlags = {
  interactive: boolean({
    default: false,
    char: 'i',
    description: "Hand the caller's standard input on; else it is /dev/null.",
  }),
  tty: boolean({ default: false, char: 't', description: 'Give the container a terminal.' }),
  rm: boolean({ default: false, description: 'Delete the container when it has ended.' }),
  name: string({ description: 'Name of the container (default: 12 digits of its ID).', helpValue: 'NAME' }),

  env: string({
    ...many,
    char: 'e',
    description: "Set a variable; NAME alone takes the caller's value.",
    helpValue: 'NAME[=VALUE]',
  }),
  workdir: string({ char: 'w', description: 'Working directory in the container.', helpValue: 'DIR' }),
  user: string({ char: 'u', description: 'User and group, names or numbers.', helpValue: 'USER[:GROUP]' }),
  'group-add': string({
    ...many,
    description: 'Supplementary group, name or number.',
    helpValue: 'GROUP',
  }),
  entrypoint: string({
    description: 'Program to run in place of the entrypoint of the image.',
    helpValue: 'PATH',
  }),
  umask: string({ description: 'File mode creation mask, octal.', helpValue: 'MODE' }),
  hostname: string({
    char: 'h',
    description: 'Name of the machine inside (default: 12 digits of the ID).',
    helpValue: 'NAME',
  }),
  domainname: string({ description: 'NIS domain name inside.', helpValue: 'NAME' }),
  label: string({
    ...many,
    char: 'l',
    description: 'Note something on the container.',
    helpValue: 'KEY[=VALUE]',
  }),

  volume: string({
    ...many,
    char: 'v',
    description: 'Mount a volume, which is made if there is none, or a directory or file of the host.',
    helpValue: '[NAME|PATH:]TARGET[:ro,nocopy,...]',
  }),
  mount: string({
    ...many,
    description: 'Mount a volume, a directory or file of the host, or an empty directory in memory.',
    helpValue: 'type=volume|bind|tmpfs,source=...,target=...',
  }),
  tmpfs: string({
    ...many,
    description: 'Mount an empty directory in memory.',
    helpValue: 'TARGET[:size=64m,mode=1777,exec,...]',
  }),
  'volumes-from': string({
    ...many,
    description: 'Mount the volumes and binds of another container too.',
    helpValue: 'CONTAINER[:ro]',
  }),
  'read-only': boolean({ default: false, description: 'Make the root filesystem read-only.' }),

  memory: string({ char: 'm', description: 'Memory limit.', helpValue: 'SIZE' }),
  'memory-swap': string({ description: 'Memory and swap together; -1 is without limit.', helpValue: 'SIZE' }),
  'memory-reservation': string({
    description: 'Memory that is left to it when the machine runs short.',
    helpValue: 'SIZE',
  }),
  'shm-size': string({ description: 'Size of /dev/shm.', helpValue: 'SIZE' }),
  'oom-score-adj': string({
    description: 'How willingly the kernel kills it when memory is gone, -1000 to 1000.',
    helpValue: 'N',
  }),
  'pids-limit': string({ description: 'Most processes and threads.', helpValue: 'N' }),
  cpus: string({ description: 'Processors.', helpValue: 'N' }),
  'cpu-shares': string({
    description: 'Share of processor time among those that want it; 1024 is usual.',
    helpValue: 'N',
  }),
  'cpuset-cpus': string({ description: 'Processors to run on.', helpValue: '0-3,7' }),
  'cpuset-mems': string({ description: 'Memory nodes to use.', helpValue: '0' }),
  'blkio-weight': string({
    description: 'Share of the time of disks among those that want it, 10 to 1000.',
    helpValue: 'N',
  }),
  'blkio-weight-device': string({ ...many, description: 'The same of one disk.', helpValue: 'PATH:N' }),
  'device-read-bps': string({ ...many, description: 'Most bytes read in a second.', helpValue: 'PATH:SIZE' }),
  'device-write-bps': string({
    ...many,
    description: 'Most bytes written in a second.',
    helpValue: 'PATH:SIZE',
  }),
  'device-read-iops': string({ ...many, description: 'Most reads in a second.', helpValue: 'PATH:N' }),
  'device-write-iops': string({ ...many, description: 'Most writes in a second.', helpValue: 'PATH:N' }),
  ulimit: string({ ...many, description: 'Resource limit of each process.', helpValue: 'NAME=SOFT[:HARD]' }),

  network: string({
    ...many,
    description:
      'Network: none (the default), bridge or another by its name, also several times, host, or that of a container that runs.',
    helpValue: 'none|NAME|host|container:NAME',
  }),
  ip: string({ description: 'Address of IPv4 in the first network.', helpValue: 'ADDRESS' }),
  ip6: string({ description: 'Address of IPv6 in the first network.', helpValue: 'ADDRESS' }),
  'mac-address': string({
    description: 'Hardware address of the interface to the first network.',
    helpValue: 'ADDRESS',
  }),
  'network-alias': string({
    ...many,
    description: 'Name beside its own by which others of its networks find it.',
    helpValue: 'NAME',
  }),
  dns: string({ ...many, description: 'Name server for /etc/resolv.conf.', helpValue: 'ADDRESS' }),
  'dns-search': string({
    ...many,
    description: 'Domain that short names are looked up in.',
    helpValue: 'DOMAIN',
  }),
  'dns-option': string({ ...many, description: 'Option for /etc/resolv.conf.', helpValue: 'OPTION' }),
  'add-host': string({ ...many, description: 'Line for /etc/hosts.', helpValue: 'NAME:ADDRESS' }),
  publish: string({
    ...many,
    char: 'p',
    description: 'With a network: publish a port, such as 5000:80, :80 (the same one), 80 (a free one).',
    helpValue: '[[ADDRESS:]PORT:]PORT[/udp]',
  }),
  'publish-all': boolean({
    default: false,
    char: 'P',
    description: 'Publish each port that the image says it listens at, at a free one of the machine.',
  }),
  ...publishAddressFlag,

  'cap-add': string({ ...many, description: 'Grant a capability, or ALL.', helpValue: 'NAME' }),
  'cap-drop': string({ ...many, description: 'Take a capability away, or ALL.', helpValue: 'NAME' }),
  userns: string({
    description: 'User namespace: auto, private (the same, or an error) or host.',
    helpValue: 'MODE',
  }),
  'security-opt': string({
    ...many,
    description: 'no-new-privileges=true|false, seccomp=FILE|unconfined, apparmor=PROFILE, label=LABEL.',
    helpValue: 'OPTION',
  }),

  device: string({
    ...many,
    description: 'Give the container a device of the host.',
    helpValue: 'SOURCE[:TARGET][:rwm]',
  }),
  sysctl: string({
    ...many,
    description: "Set a kernel setting of the container's own namespaces.",
    helpValue: 'NAME=VALUE',
  }),
  secret: string({
    ...many,
    description: 'Show a file of the host inside, in memory only (target: /run/secrets/NAME).',
    helpValue: 'NAME,source=FILE[,target=PATH][,mode=0400]',
  }),

  'stop-signal': string({ description: 'Signal that asks the container to end.', helpValue: 'SIGNAL' }),
  'stop-timeout': string({ description: 'Seconds until it is killed; -1 is never.', helpValue: 'SECONDS' }),
  timeout: string({
    description: 'Longest run, such as 90 (seconds) or 1h30m; then it is stopped.',
    helpValue: 'DURATION',
  }),
  'pid-file': string({
    description: 'File that tells the number of process 1 as long as it runs.',
    helpValue: 'FILE',
  }),
  init: boolean({
    default: false,
    description: 'Have a small init as process 1, which reaps orphans and passes signals on.',
  }),
  record: string({
    description: 'Write down what it uses, as a part of a container file.',
    helpValue: 'FILE',
  }),
  ...backgroundFlags,
};
