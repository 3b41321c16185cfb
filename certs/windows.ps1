# Windows: the current user's store of roots, which Edge, Chrome, .NET, PowerShell and schannel's curl read.
# A dialogue asks to confirm. Git for Windows: git config --global http.sslBackend schannel
#
#   .\windows.ps1 trust CA.pem
#   .\windows.ps1 untrust CA.pem
param(
    [Parameter(Mandatory)] [ValidateSet('trust', 'untrust')] [string] $Action,
    [Parameter(Mandatory)] [string] $Pem
)
$ErrorActionPreference = 'Stop'

$path = (Resolve-Path $Pem).Path
if (Select-String -Path $path -Pattern 'PRIVATE KEY' -Quiet) {
    throw "'$Pem' holds a private key. Give the file that 'sfw ca export' wrote, never a key."
}

$certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($path)
Write-Host "$($certificate.Subject)  $($certificate.Thumbprint)"

if ($Action -eq 'trust') {
    Import-Certificate -FilePath $path -CertStoreLocation Cert:\CurrentUser\Root | Out-Null
}
else {
    Get-ChildItem Cert:\CurrentUser\Root | Where-Object Thumbprint -eq $certificate.Thumbprint | Remove-Item
}
