import { closeSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { heldBox } from '../network/held-box.ts';
import { remainingPorts, samePorts } from '../network/same-ports.ts';
import type { PortSpec } from '../schema/container-spec.ts';
import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
import { exchangePorts, recordPorts } from './port-exchange.ts';
import { networkOf, reachable } from './publish.ts';
import { letGoOfPorts } from './tell-ports.ts';
import type { Workplace } from './workplace.ts';

/**
 * Publishes these ports of a container and no others, at once where it runs, and at its next start where it does not.
 * What stays is not interrupted. Nobody is ever led where the record does not say so: who is killed on the way has
 * recorded more than he has done, and whoever asks for the same again does the rest. Answers what takes it back; throws
 * SC_EXISTS for a port that somebody has, with nothing changed. Only for who has the container to himself.
 */
export async function changePorts(
  place: Workplace,
  state: ContainerState,
  wanted: readonly PortSpec[],
  known: readonly PublishedPort[] = remainingPorts(state.spec.network.ports ?? [], state.ports ?? [], wanted),
): Promise<() => Promise<void>> {
  const { id, spec, ports = [] } = state;
  if (wanted.length > 0 || isUp(state)) await publishThese(place, state, wanted, known);
  else await recordPorts(place, id, [], []);
  // What is held for one that waits is that of before; it gets what is free then.
  if (!isUp(state)) await letGoOfPorts(state);
  return async () => {
    const now = await place.observe(await place.store.find(id));
    await changePorts(place, now, spec.network.ports ?? [], ports);
  };
}

/** Of those that are `known` they get the same ports of the machine again. */
async function publishThese(
  place: Workplace,
  state: ContainerState,
  wanted: readonly PortSpec[],
  known: readonly PublishedPort[],
): Promise<void> {
  const { id, name, endpoints = [] } = state;
  const { mode } = state.spec.network;
  if (mode !== 'network')
    throw new ScError('SC_WRONG_STATE', `publish ports: network mode "${mode}" publishes none`, {
      hint: `make "${name}" with a network of its own, such as --network bridge`,
    });
  const network = networkOf(place, state, endpoints);
  if (isUp(state))
    return withBox(state, (box) => exchangePorts(place, state, { wanted, known, network, box }));
  reachable(state, wanted, network);
  const published = samePorts(wanted, known).filter((port) => port !== undefined);
  await recordPorts(place, id, wanted, published);
}

/** Throws SC_WRONG_STATE where its keeper has none. */
async function withBox(
  { name, keeper, portsSocket }: ContainerState,
  use: (box: number) => Promise<void>,
): Promise<void> {
  const box = keeper && portsSocket !== undefined ? heldBox(keeper, portsSocket) : undefined;
  if (box === undefined)
    throw new ScError('SC_WRONG_STATE', 'publish ports: its keeper cannot hold any', {
      hint: `it was started without a network of its own, or by an earlier sc: sc stop ${name}, change them, and start it again`,
    });
  try {
    await use(box);
  } finally {
    closeSync(box);
  }
}

function isUp({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}
