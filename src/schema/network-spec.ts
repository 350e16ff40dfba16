// Generated from schema/network-spec.schema.json by `npm run generate`; not to be edited.

/** A network as it is to be. */
export interface NetworkSpec {
  /** Unique among the networks of this state root. */
  name: string;
  /**
   * Its ranges of addresses, at most one of IPv4 and one of IPv6. Without any it gets a free one of
   * IPv4.
   */
  subnets: string[];
  /**
   * Whether it has a range of IPv6 too where `subnets` says none: a free one of the unique local
   * addresses (RFC 4193).
   */
  ipv6: boolean;
  /** Address of the bridge itself, in one of `subnets`. Without it the first of each. */
  gateway?: string;
  /** The part of one of `subnets` that containers get addresses from that ask for none. */
  ipRange?: string;
  /** Whether it ends at this machine. */
  internal: boolean;
  /** Largest packet, in bytes. */
  mtu: number;
  /** Text of the user's own, kept with the network. */
  labels: {
    [name: string]: string;
  };
}
