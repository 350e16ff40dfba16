import { openSync } from 'node:fs';
import { CLONE_NEWNET } from '../constants.ts';
import { holding } from '../directory.ts';
import { declare } from '../libc.ts';
import { RouteSocket } from './socket.ts';

const setns = declare<[number, number]>('int setns(int fd, int kind)');

/**
 * A socket to the network namespace that a descriptor is of: a socket belongs to the namespace in which it was opened,
 * wherever its owner goes then. Only this thread goes there, and is back before anything else can run on it.
 */
export function openRouteSocketIn(namespace: number): RouteSocket {
  return holding(openSync('/proc/thread-self/ns/net', 'r'), (home) => {
    setns(namespace, CLONE_NEWNET);
    try {
      return new RouteSocket();
    } finally {
      setns(home, CLONE_NEWNET);
    }
  });
}
