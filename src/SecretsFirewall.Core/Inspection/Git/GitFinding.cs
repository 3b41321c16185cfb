namespace SecretsFirewall.Inspection.Git;

/// <summary>Told of each finding, in order: what is done about it, and where it stands (<c>git@12</c>, <c>pack#3@40</c>: the third object, its 40th byte).</summary>
public delegate void GitFinding(Detection.Detection found, Model.FindingAction action, string location);
