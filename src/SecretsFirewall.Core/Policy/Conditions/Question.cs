using SecretsFirewall.Model;
using SecretsFirewall.Policy.Destinations;

namespace SecretsFirewall.Policy.Conditions;

/// <summary>Facts with what the policy knows about their destination, and the notes that are taken while they are judged.</summary>
internal sealed class Question(PolicyFacts facts, DestinationMatch destination)
{
    private PathReading? _path;
    private bool _pathWasRead;

    public PolicyFacts Facts => facts;

    public DestinationMatch Destination => destination;

    /// <summary>Null where the path has no one meaning.</summary>
    public PathReading? Path
    {
        get
        {
            if (!_pathWasRead)
            {
                _path = PathRules.Read(facts.Path);
                _pathWasRead = true;
            }

            return _path;
        }
    }

    /// <summary>Model traffic on a host that the policy does not list counts as what it is.</summary>
    public DestinationKind Kind => destination.Listed?.Kind ?? (facts.TrafficIsLlm ? DestinationKind.Llm : DestinationKind.Other);

    public bool PathUndecided { get; set; }

    public bool RestsOnMethod { get; set; }
}
