import { visible } from '../errors/visible.ts';
import { openPorts } from '../operations/port.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ListResult } from '../schema/operations/list.ts';
import { describeExit } from './describe.ts';
import { describePortCell } from './describe-ports.ts';
import { elapsed } from './elapsed.ts';
import { table } from './table.ts';

interface ListingForm {
  /** Milliseconds since 1970. */
  now: number;
  /** Whole IDs and commands. */
  isWhole: boolean;
  /** Which of the stopped are to be started again. */
  isRestarting: (state: ContainerState) => boolean;
}

export function describeListing({ containers, broken }: ListResult, form: ListingForm): string {
  const { now, isWhole } = form;
  // Most containers have none, and the lines are long enough.
  const hasPorts = containers.some((state) => openPorts(state).length > 0);
  const rows = containers.map((state) => [
    idOf(state, isWhole),
    state.name,
    describeStatus(state, form),
    visible(describeImage(state)),
    isWhole ? visible(commandOf(state)) : shortened(visible(commandOf(state))),
    `${elapsed(state.createdAt, now)} ago`,
    ...(hasPorts ? [describePortCell(openPorts(state))] : []),
  ]);
  const lost = broken.map((container) => [idOf(container, isWhole), '', `broken (${container.code})`]);
  // The reasons are longer than any column.
  const reasons = broken.map(({ message }) => visible(message));
  return [
    table([
      ['ID', 'NAME', 'STATUS', 'IMAGE', 'COMMAND', 'CREATED', ...(hasPorts ? ['PORTS'] : [])],
      ...rows,
      ...lost,
    ]),
    ...reasons,
  ].join('\n');
}

/** The IDs alone, for other commands. */
export function describeIds({ containers, broken }: ListResult, { isWhole }: { isWhole: boolean }): string {
  return [...containers, ...broken].map((container) => idOf(container, isWhole)).join('\n');
}

/** `Up 3 minutes (healthy)`, `Exited (137, oom) 2 hours ago`. */
function describeStatus(state: ContainerState, { now, isRestarting }: ListingForm): string {
  const { status, startedAt, finishedAt, exit, health } = state;
  const up = startedAt === undefined ? 'Up' : `Up ${elapsed(startedAt, now)}`;
  if (status === 'paused') return `${up} (Paused)`;
  if (status === 'running') return health === undefined ? up : `${up} (${describeHealth(health)})`;
  if (status !== 'stopped') return status === 'created' ? 'Created' : 'Creating';
  const ended = `${isRestarting(state) ? 'Restarting' : 'Exited'} (${exit === undefined ? '?' : describeExit(exit)})`;
  return finishedAt === undefined ? ended : `${ended} ${elapsed(finishedAt, now)} ago`;
}

function describeHealth({ status }: NonNullable<ContainerState['health']>): string {
  return status === 'starting' ? 'health: starting' : status;
}

function idOf({ id }: { id: string }, isWhole: boolean): string {
  return isWhole ? id : id.slice(0, 12);
}

function describeImage({ spec: { image } }: ContainerState): string {
  if (image.kind === 'image') return image.name;
  return image.kind === 'host' ? 'host' : image.path;
}

function commandOf({ spec }: ContainerState): string {
  return spec.process.args.join(' ');
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 40 ? line : `${line.slice(0, 37)}...`;
}
