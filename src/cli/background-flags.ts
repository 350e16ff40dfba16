import { boolean, string } from '@oclif/core/flags';

/** Those of `sc run` for what lives on in the background, named as docker names them. */
export const backgroundFlags = {
  detach: boolean({
    default: false,
    char: 'd',
    description: 'Run in the background, and print the ID.',
  }),
  'detach-keys': string({
    description: 'With -it: keys that leave it, and it runs on; empty is none (default: ctrl-p,ctrl-q).',
    helpValue: 'KEYS',
  }),
  restart: string({
    description: 'With -d: no, always, on-failure[:N] or unless-stopped.',
    helpValue: 'POLICY',
  }),
  'health-cmd': string({
    description: 'With -d: a command for sh -c that is run inside again and again; code 0 is healthy.',
    helpValue: 'COMMAND',
  }),
  'health-interval': string({
    description: 'Time between two checks of its health (default: 30s).',
    helpValue: 'DURATION',
  }),
  'health-timeout': string({
    description: 'Time after which a check has failed (default: 30s).',
    helpValue: 'DURATION',
  }),
  'health-retries': string({
    description: 'Failures in a row that make it unhealthy (default: 3).',
    helpValue: 'N',
  }),
  'health-start-period': string({
    description: 'Time from the start in which failures do not count (default: 0s).',
    helpValue: 'DURATION',
  }),
  'health-start-interval': string({
    description: 'Time between two checks in the start period (default: 5s).',
    helpValue: 'DURATION',
  }),
  'no-healthcheck': boolean({ default: false, description: 'Check no health, whatever the image says.' }),
  'log-driver': string({
    description: 'With -d, or when it is left: file keeps what it writes for sc logs, none keeps nothing.',
    helpValue: 'NAME',
  }),
  'log-opt': string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'With -d, or when it is left: max-size=SIZE of a file of the log, max-file=N of them, order=strict.',
    helpValue: 'NAME=VALUE',
  }),
};
