import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { ListedStatus, ListRequest } from '../schema/operations/list.ts';

type Filters = Pick<ListRequest, 'names' | 'ids' | 'statuses' | 'labels' | 'networks' | 'volumes'>;

/** With docker's word for one of them. */
const statuses: Readonly<Record<string, ListedStatus>> = {
  creating: 'creating',
  created: 'created',
  running: 'running',
  paused: 'paused',
  restarting: 'restarting',
  stopped: 'stopped',
  exited: 'stopped',
};

/** `name=`, `id=`, `status=`, `label=`, `network=` and `volume=`, as docker has them. Throws SC_USAGE. */
export function readListFilters(filters: readonly string[]): Filters {
  const read: Filters = {};
  for (const filter of filters) {
    const [, key, value = ''] = /^(\w+)=(.+)$/s.exec(filter) ?? [];
    if (key === 'name') read.names = [...(read.names ?? []), value];
    else if (key === 'id') read.ids = [...(read.ids ?? []), checkDigits(value)];
    else if (key === 'status') read.statuses = [...(read.statuses ?? []), checkStatus(value)];
    else if (key === 'label') read.labels = [...(read.labels ?? []), value];
    else if (key === 'network') read.networks = [...(read.networks ?? []), value];
    else if (key === 'volume') read.volumes = [...(read.volumes ?? []), value];
    else throw refusal(filter);
  }
  return read;
}

function checkStatus(text: string): ListedStatus {
  const status = Object.hasOwn(statuses, text) ? statuses[text] : undefined;
  if (status !== undefined) return status;
  const known = Object.keys(statuses);
  throw new ScError('SC_USAGE', `--filter: there is no status "${text}"${didYouMean(text, known)}`, {
    hint: `one of ${known.join(', ')}`,
  });
}

function checkDigits(text: string): string {
  if (/^[0-9a-f]{1,64}$/.test(text)) return text;
  throw new ScError('SC_USAGE', `--filter: "${text}" is no beginning of an ID`, {
    hint: 'hex digits, as sc ps shows them',
  });
}

function refusal(filter: string): ScError {
  return new ScError('SC_USAGE', `--filter: found "${filter}"`, {
    hint: '--filter name=TEXT, id=DIGITS, status=STATUS, label=KEY or label=KEY=VALUE, network=NAME, volume=NAME',
  });
}
