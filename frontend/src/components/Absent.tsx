import { troubleOf } from "@/lib/errors";
import { Loading } from "./Loading";
import { Notice, TroubleNotice } from "./Notice";

interface AbsentProps {
  /** What is not there: "the source". */
  what: string;
  /** Heights of its parts while it is on the way. */
  heights: readonly number[];
  error: unknown;
  onRetry: () => void;
  /** What to say once the server knows of none. */
  missing?: string | false | undefined;
}

/** Stands where something should be that is on the way, cannot be read, or is no more. */
export function Absent({ what, heights, error, onRetry, missing }: AbsentProps) {
  if (error) {
    return <TroubleNotice trouble={troubleOf(error)} onRetry={onRetry} />;
  }
  return missing ? (
    <Notice title={missing}>It may have been deleted meanwhile.</Notice>
  ) : (
    <Loading what={what} heights={heights} />
  );
}
