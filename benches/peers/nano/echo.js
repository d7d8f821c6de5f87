// Answers each request.

export const answer = ({ id, s }) => ({ id, s });
