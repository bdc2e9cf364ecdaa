/** What the SDK throws: named by AWS's code, with the HTTP status where there was an answer. */
export function awsError(
  name: string,
  status: number | undefined,
  message = 'AWS says something that quotes Atzr|canary',
): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: status === undefined ? {} : { httpStatusCode: status },
  });
}
