export interface Acknowledgement {
  /** Whether nobody serves anything any more that was invalidated. */
  readonly isComplete: boolean;
  /** How many others have said so. */
  readonly acknowledgedBy: number;
}
