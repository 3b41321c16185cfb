namespace SecretsFirewall.Load.Runs;

/// <summary>What the kernel said about the process at one moment.</summary>
internal sealed record SoakSample(double Seconds, long ResidentBytes, int Handles, double CpuSeconds);
