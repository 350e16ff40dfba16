import { contains, parseAddress } from '../../linux/ip-address.ts';
import {
  addressesIn,
  addressRecord,
  answerTo,
  NO_ERROR,
  NO_SUCH_NAME,
  nameRecord,
  REFUSED,
  SERVER_FAILURE,
  SHORTEST,
} from './answer.ts';
import type { NameDirectory, Neighbour } from './directory.ts';
import type { Forwarder, Transport } from './forwarder.ts';
import { A, AAAA, addressAskedFor, PTR, parseQuery, type Query, withId } from './question.ts';

/** Bytes of an answer by TCP. */
const LONGEST = 0xffff;

/** Addresses of one answer that are let through. */
const MOST_NAMED = 64;

/** Lets a container that may not reach everything reach what a name leads to. */
export type LetThrough = (id: string, named: ReturnType<typeof addressesIn>) => void;

/** Answers the questions of containers: by what is known of their neighbours, and else by what other servers say. */
export class NameResolver {
  readonly #directory: NameDirectory;
  readonly #forwarder: Pick<Forwarder, 'ask'>;
  /** The servers that a container would ask itself if it had no neighbours. */
  readonly #serversOf: (id: string) => Promise<readonly string[]>;
  readonly #letThrough: LetThrough;
  #turn = 0;

  constructor(
    directory: NameDirectory,
    forwarder: Pick<Forwarder, 'ask'>,
    serversOf: (id: string) => Promise<readonly string[]>,
    letThrough: LetThrough = () => undefined,
  ) {
    this.#directory = directory;
    this.#forwarder = forwarder;
    this.#serversOf = serversOf;
    this.#letThrough = letThrough;
  }

  /** Undefined where no container asks from `source`, or what it asks is no question: then there is no answer. */
  async answer(bytes: Buffer, source: string, transport: Transport): Promise<Buffer | undefined> {
    const address = parseAddress(source);
    const asker = address && this.#directory.at(address);
    if (asker === undefined) return undefined;
    const query = parseQuery(bytes);
    if (query === undefined) return undefined;
    const room = transport === 'udp' ? SHORTEST : LONGEST;
    return this.#byNeighbours(asker, query, room) ?? this.#byOthers(asker, query, bytes, transport);
  }

  #byNeighbours(asker: Neighbour, query: Query, room: number): Buffer | undefined {
    const { name, type } = query;
    if (name === undefined) return undefined;
    if (type === PTR) {
      const address = addressAskedFor(name);
      const found = address && this.#directory.nameAt(asker, address);
      if (found === undefined) return undefined;
      return found === null ? answerTo(query, NO_SUCH_NAME) : answerTo(query, NO_ERROR, [nameRecord(found)]);
    }
    const addresses = this.#directory.addresses(asker, name);
    if (addresses === undefined) return undefined;
    // The name of a container that does not run is nobody else's: it is not asked for outside.
    if (addresses.length === 0) return answerTo(query, NO_SUCH_NAME);
    // A name has no other records; who asks for one of these must not hear that there is no such name (RFC 2308, 2).
    const family = type === A ? 4 : type === AAAA ? 6 : undefined;
    const fit = this.#turned(addresses.filter((address) => address.family === family));
    return answerTo(query, NO_ERROR, fit.map(addressRecord), room);
  }

  /** What is outside is none of the business of a container that cannot reach it: it would be a way out. */
  async #byOthers(asker: Neighbour, query: Query, bytes: Buffer, transport: Transport): Promise<Buffer> {
    if (!isAllowed(asker, query.name)) return answerTo(query, REFUSED);
    const isWithin = (server: string) => {
      const address = parseAddress(server);
      const ranges = asker.places.flatMap(({ subnets }) => subnets);
      return address !== undefined && ranges.some((range) => contains(range, address));
    };
    const all = await this.#serversOf(asker.id);
    const servers = asker.leadsOut ? all : all.filter(isWithin);
    if (servers.length === 0) return answerTo(query, asker.leadsOut ? SERVER_FAILURE : NO_SUCH_NAME);
    const answer = await this.#forwarder.ask(asker.id, bytes, query.question, { servers, transport });
    if (answer === undefined) return answerTo(query, SERVER_FAILURE);
    // Before the answer is there, so that who has it can use it.
    const named = asker.allowed === undefined ? [] : addressesIn(answer, MOST_NAMED);
    if (named.length > 0) this.#letThrough(asker.id, named);
    return withId(answer, query.id);
  }

  /** Each time another is first, so that all who have an alias are asked in turn. */
  #turned<Value>(values: Value[]): Value[] {
    const first = values.length === 0 ? 0 : this.#turn++ % values.length;
    return [...values.slice(first), ...values.slice(0, first)];
  }
}

/** `*.example.org` is all below it, and not itself. */
function isAllowed({ allowed }: Neighbour, name: string | undefined): boolean {
  if (allowed === undefined) return true;
  if (name === undefined) return false;
  return allowed.some((each) => (each.startsWith('*.') ? name.endsWith(each.slice(1)) : name === each));
}
