/** What the main thread and a hash worker say to each other. */
export type HashAlgorithm = 'md5' | 'sha256';

export type HashRequest =
  | { do: 'open'; state: number; algorithm: HashAlgorithm }
  | { do: 'update'; state: number; ticket: number; slot: number; length: number }
  | { do: 'update-from-file'; state: number; ticket: number; fd: number; position: number; length: number }
  | { do: 'digest'; state: number; ticket: number }
  | { do: 'drop'; state: number };

export interface HashReply {
  ticket: number;
  /** lower-case hex, answers `digest` */
  digest?: string;
  error?: string;
}

export interface HashWorkerData {
  slots: SharedArrayBuffer;
  slotBytes: number;
}
