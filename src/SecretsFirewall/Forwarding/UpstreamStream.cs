using System.Net.Sockets;

namespace SecretsFirewall.Forwarding;

/// <summary>An upstream connection; leaves its room when it closes, however that comes.</summary>
internal sealed class UpstreamStream(Socket socket, UpstreamRoom room) : NetworkStream(socket, ownsSocket: true)
{
    private int _hasLeft;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
        {
            room.Leave();
        }
    }
}
