export interface Acknowledgement {
  /** Whether nobody serves anything any more that was invalidated. */
  readonly isComplete: boolean;
  /** How many others have said so. */
  readonly acknowledgedBy: number;
  /** How much they removed of what was to be forgotten. */
  readonly removed?: number;
}
