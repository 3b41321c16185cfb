using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// Told of each finding, in order: what is done about it, and where it stands. <c>git@12</c>: in a line; <c>pack#3@40</c>: in the third object, at its
/// 40th byte; <c>archive#2@7</c>: in the second file; <c>grpc#2@7</c>: in the second message.
/// </summary>
public delegate void LocatedFinding(Detection.Detection found, FindingAction action, string location);
