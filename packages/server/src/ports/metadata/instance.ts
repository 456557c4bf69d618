export interface StoredAnswer {
  /** SHA-256 of method, path and body */
  requestHash: string;
  status: number;
  body: string;
  createdAt: number;
}

export interface Lease {
  holder: string;
  until: number;
  /** JSON; set where the work under it failed, which ended it */
  failure: string | null;
}

/** Facts about the installation itself, answers kept for repeated requests, and leases of work that one server does at a time. */
export interface InstanceReader {
  getSetting(name: string): Promise<string | undefined>;
  findAnswer(userId: number, idempotencyKey: string): Promise<StoredAnswer | undefined>;
  /** a lease that was taken and not dropped, even where it ran out */
  findLease(name: string): Promise<Lease | undefined>;
}

export interface InstanceWriter extends InstanceReader {
  /** Sets it unless it is set; returns what holds from now on. */
  putSettingOnce(name: string, value: string): Promise<string>;
  putSetting(name: string, value: string): Promise<void>;
  putAnswer(userId: number, idempotencyKey: string, answer: StoredAnswer): Promise<boolean>;
  deleteAnswersBefore(at: number): Promise<void>;
  /** Takes or renews a lease; false where somebody else holds it. */
  takeLease(name: string, holder: string, now: number, until: number): Promise<boolean>;
  /** Gives a lease back before it runs out, if `holder` has it. */
  dropLease(name: string, holder: string): Promise<void>;
  /** Ends a lease because the work under it failed, if `holder` has it; whoever waits for it can read why. */
  failLease(name: string, holder: string, at: number, failure: string): Promise<void>;
  /** Gives back all leases whose holders' names begin so. */
  dropLeasesOf(holderPrefix: string): Promise<void>;
  /** Forgets the leases that ran out before. */
  deleteLeasesBefore(at: number): Promise<void>;
}
