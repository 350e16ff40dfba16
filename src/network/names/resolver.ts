import { contains, parseAddress } from '../../linux/ip-address.ts';
import type { NameDirectory, Neighbour } from './directory.ts';
import type { Forwarder, Transport } from './forwarder.ts';
import {
  A,
  AAAA,
  addressAskedFor,
  addressRecord,
  answerTo,
  NO_ERROR,
  NO_SUCH_NAME,
  nameRecord,
  PTR,
  parseQuery,
  type Query,
  SERVER_FAILURE,
  SHORTEST,
} from './message.ts';

/** Bytes of an answer by TCP. */
const LONGEST = 0xffff;

/** Answers the questions of containers: by what is known of their neighbours, and else by what other servers say. */
export class NameResolver {
  readonly #directory: NameDirectory;
  readonly #forwarder: Pick<Forwarder, 'ask'>;
  /** The servers that a container would ask itself if it had no neighbours. */
  readonly #serversOf: (id: string) => Promise<readonly string[]>;
  #turn = 0;

  constructor(
    directory: NameDirectory,
    forwarder: Pick<Forwarder, 'ask'>,
    serversOf: (id: string) => Promise<readonly string[]>,
  ) {
    this.#directory = directory;
    this.#forwarder = forwarder;
    this.#serversOf = serversOf;
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
    const own = Buffer.from(answer);
    own.writeUInt16BE(query.id, 0);
    return own;
  }

  /** Each time another is first, so that all who have an alias are asked in turn. */
  #turned<Value>(values: Value[]): Value[] {
    const first = values.length === 0 ? 0 : this.#turn++ % values.length;
    return [...values.slice(first), ...values.slice(0, first)];
  }
}
