/** How soon after a change's event no gateway may answer what was before, for all but one of a hundred changes. */
export const stalenessGoalMs = 100;
