namespace SecretsFirewall.Model;

/// <summary>How much went through a tunnel that nobody read. Each direction is counted by one thread, and read by any.</summary>
public sealed class TunnelBytes
{
    private long _request;
    private long _response;

    public long Request => Interlocked.Read(ref _request);

    public long Response => Interlocked.Read(ref _response);

    public void AddRequest(long count) => Interlocked.Add(ref _request, count);

    public void AddResponse(long count) => Interlocked.Add(ref _response, count);
}
