// Generated from schema/network-state.schema.json by `npm run generate`; not to be edited.

/** What is recorded of a network of this machine that containers are attached to. */
export interface NetworkState {
  /** Version of the form of this file. */
  version: 1;
  /** Unique among the networks of this machine; `bridge` is the one that is made at its first use. */
  name: string;
  /**
   * Name of its bridge, an interface of this machine that is there as long as a container is
   * attached.
   */
  bridge: string;
  /** Hardware address of the bridge, by which sc knows its own. */
  address: string;
  /** Its ranges of addresses, at most one of IPv4 and one of IPv6. */
  subnets: NetworkSubnet[];
  /** Whether it ends at this machine. */
  internal: boolean;
  /** Largest packet, in bytes. */
  mtu: number;
  /** Notes, by their names. */
  labels: {
    [name: string]: string;
  };
  /** Absolute path of the container file whose application has made it. Not there where none has. */
  file?: string;
  /** When it was made: RFC 3339, UTC, to the millisecond. */
  createdAt: string;
}

/** A range of addresses. */
export interface NetworkSubnet {
  /** The range, as its first address and the length of its prefix. */
  subnet: string;
  /** The address of the bridge, by which containers reach all that is outside. */
  gateway: string;
  /** The part of it that containers get addresses from that ask for none. Without it all of it. */
  ipRange?: string;
}
